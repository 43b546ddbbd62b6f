"""What the README and the pages say is there: the file tree, make targets, commands, links."""

import re
import subprocess
from pathlib import Path

import pytest
import typer.main

from pipeline.cli.__main__ import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
ALL = "\n".join([README, *PAGES.values()])
FLOORS = ("pipeline", "assets", "resources", "ops")


def tree() -> dict[str, str]:
    """The paths of the section File tree with their meanings."""
    section = README.split("\n## File tree", 1)[1]
    block = section.split("```", 2)[1].strip("\n")
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    split = [re.split(r"\s{2,}", line, maxsplit=1) for line in lines]
    return {parts[0].rstrip("/"): parts[1] if len(parts) > 1 else "" for parts in split}


def tracked() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return set(listed.stdout.splitlines())


def test_the_tree_lists_every_folder_and_nothing_that_is_not_there() -> None:
    top = {path.split("/")[0] for path in tracked() if "/" in path and not path.startswith(".")}
    packages = {
        str(path.parent.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("__init__.py")
    }
    listed = tree()
    assert sorted(path for path in listed if not (ROOT / path).exists()) == []
    assert sorted((top | packages) - listed.keys()) == []
    assert sorted(path for path in listed if (ROOT / path).is_dir()) == sorted(top | packages)


def test_each_line_of_the_tree_says_what_is_there() -> None:
    assert [path for path, meaning in tree().items() if not meaning] == []


def test_every_make_target_that_is_named_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.M))
    assert named
    assert named - set(targets) == set()


def test_every_command_and_option_that_is_named_exists() -> None:
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    lines = re.findall(r"(?:^|`|/)apprentice ([a-z]+)([^`\n]*)", ALL, re.M)
    assert {name for name, _ in lines} >= {"run"}
    for name, rest in lines:
        assert name in commands, name
        known = {option for one in commands[name].params for option in one.opts} | {"--help"}
        used = set(re.findall(r"(?<![\w-])--[a-z-]+", rest))
        assert used <= known, (name, used - known)


def test_every_path_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:pipeline|assets|resources|ops|configs|tests)/[\w./-]+)`", ALL))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_link_leads_to_a_file() -> None:
    for page, text in {ROOT / "README.md": README, **PAGES}.items():
        linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
        assert [link for link in linked if not (page.parent / link).exists()] == [], page


def test_the_readme_leads_to_every_page() -> None:
    assert [path.name for path in PAGES if f"(docs/{path.name})" not in README] == []
