"""What one operation was given: tensors and settings by name, checked as they are asked for."""

from collections.abc import Mapping

from torch import Tensor

from ops.errors import ContractError

Value = Tensor | str


class Arguments:
    """The inputs of one operation; a missing one without a default raises ContractError.

    `numbers` are those whose integers are known as a list already.
    """

    def __init__(
        self, values: Mapping[str, list[Value]], numbers: Mapping[str, list[int]] | None = None
    ) -> None:
        self.values = values
        self._numbers = numbers or {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def only(self, *names: str) -> None:
        """Raise if there is an argument beyond `names`, which would be silently ignored."""
        unknown = sorted(set(self.values) - set(names))
        if unknown:
            raise ContractError(f"has the argument {unknown[0]!r}, which no reader is for")

    def tensors(self, name: str) -> list[Tensor]:
        """Every tensor of an argument that takes several."""
        if name not in self.values:
            raise ContractError(f"has no argument {name!r}")
        return [value for value in self.values[name] if isinstance(value, Tensor)]

    def tensor(self, name: str) -> Tensor:
        """The one tensor of an argument."""
        given = self.values.get(name, ())
        if len(given) == 1 and isinstance(given[0], Tensor):
            return given[0]
        found = self.tensors(name)
        if len(found) != 1:
            raise ContractError(f"argument {name!r} has {len(found)} tensors; expected 1")
        return found[0]

    def integers(self, name: str, default: list[int] | None = None) -> list[int]:
        """A tensor of at most one axis as a list."""
        if name not in self.values and default is not None:
            return default
        known = self._numbers.get(name)
        return as_list(self.tensor(name)) if known is None else known

    def integer(self, name: str) -> int:
        """A tensor of one number."""
        return int(self.tensor(name))

    def flag(self, name: str, default: bool = False) -> bool:
        """A tensor of one truth value."""
        return bool(self.tensor(name)) if name in self.values else default

    def flags(self, name: str, count: int) -> list[bool]:
        """A tensor of `count` truth values; absent means all false."""
        found = self.integers(name, [0] * count)
        if len(found) != count:
            raise ContractError(f"argument {name!r} has {len(found)} values; expected {count}")
        return [bool(value) for value in found]

    def text(self, name: str) -> str:
        """A string."""
        value = self.values.get(name, [""])[0]
        if not isinstance(value, str) or not value:
            raise ContractError(f"argument {name!r} is not a string")
        return value


def as_list(value: Tensor) -> list[int]:
    """The integers of a tensor, in order."""
    return [int(number) for number in value.reshape(-1).tolist()]
