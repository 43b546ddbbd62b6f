"""What asking the teacher will need, printed before any money is spent. Nothing is sent."""

from rich.console import Console
from rich.table import Table

from ops.teacher import request
from ops.teacher.estimate import Estimate, Needs
from resources.lake import Lake
from resources.profile import Profile
from resources.settings import Settings
from resources.teacher import Teacher


def plan(settings: Settings, day: str) -> Estimate:
    """The needs of the day's prompts, which must have been materialized."""
    from assets.teacher import bodies

    lake = Lake(settings=settings)
    teacher = Teacher(settings=settings, lake=lake)
    mix = lake.current("prompt_mix", day)
    return teacher.estimate(bodies(settings.load().teacher, mix.path))


def show(found: Estimate, profile: Profile, console: Console) -> None:
    """Print it as a table, and say if a limit will stop it."""
    config = profile.teacher
    table = Table(
        "", "expected", "at most", title=f"Asking {config.endpoint}", title_justify="left"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    expected, worst = found.expected, found.worst
    rows = {
        "prompts": (f"{found.wanted:,}", ""),
        "answered before": (f"{found.cached:,}", ""),
        "to ask": (f"{found.new:,}", f"{found.new:,}"),
        "prompt tokens": (f"{expected.prompt_tokens:,}", f"{worst.prompt_tokens:,}"),
        "answer tokens": (f"{expected.completion_tokens:,}", f"{worst.completion_tokens:,}"),
        "cost": (_dollars(expected), _dollars(worst)),
        "disk": (f"{found.megabytes:.1f} MB", ""),
        "time": (_time(found.minutes), ""),
    }
    for name, (left, right) in rows.items():
        table.add_row(name, left, right)
    console.print(table)
    console.print(f"Expected from {found.basis}.", highlight=False)
    console.print(_critiques(profile), highlight=False)
    if config.budget:
        console.print(_against(found, config.budget), highlight=False)


def _against(found: Estimate, budget: float) -> str:
    told = f"Budget ${budget:g}, ${found.spent:.4f} of it spent."
    expected, worst = found.expected.dollars or 0.0, found.worst.dollars or 0.0
    if found.spent + expected > budget:
        return f"{told} It will not do: asking stops when it is used up, and a rerun goes on."
    if found.spent + worst > budget:
        return f"{told} It will do unless answers are far longer than expected."
    return f"{told} It will do in any case."


def _critiques(profile: Profile) -> str:
    """Critiques are asked later, of failures that nobody knows yet."""
    most, config = profile.critiques.most, profile.rewriter
    each = request.hold(config, request.CRITIQUE_BYTES).microdollars / 1e6
    known = config.input_price is not None and config.output_price is not None
    cost = f", at most about ${most * each:.4f}" if known else ""
    return f"Critiques of up to {most} failures come on top{cost}."


def _dollars(needs: Needs) -> str:
    return "no prices set" if needs.dollars is None else f"${needs.dollars:.4f}"


def _time(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"
