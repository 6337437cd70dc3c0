"""What can be granted? Resources with their verbs; each room declares its own in a module of this name.

The seeds' model (domain.md B1): a user is in one group of the company, a group holds grants on resources:
view, create, modify, delete, and special ones such as Can Issue Credit.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """One verb on one resource, as a view's mark names it and a group holds it."""

    resource: str
    verb: str

    def __str__(self) -> str:
        return f"{self.resource}.{self.verb}"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that a group may be allowed to view, create, modify or delete.

    `special` are grants of its own: {"issue_credit": "Can Issue Credit"}. `verbs` names those that make sense.
    """

    code: str
    label: str
    section: str
    verbs: tuple[str, ...] = ("view", "create", "modify", "delete")
    special: dict[str, str] = field(default_factory=dict)

    @property
    def view(self) -> Grant:
        return Grant(self.code, "view")

    @property
    def create(self) -> Grant:
        return Grant(self.code, "create")

    @property
    def modify(self) -> Grant:
        return Grant(self.code, "modify")

    @property
    def delete(self) -> Grant:
        return Grant(self.code, "delete")

    def may(self, special: str) -> Grant:
        """The special grant of that name. Raises KeyError for one that was not declared."""
        self.special[special]
        return Grant(self.code, special)

    def grants(self) -> tuple[Grant, ...]:
        return tuple(Grant(self.code, verb) for verb in (*self.verbs, *self.special))


company_settings = Resource("company", "Company settings", "System Management", verbs=("view", "modify"))
users = Resource("users", "Users and groups", "System Management")
runs = Resource("runs", "Nightly runs", "System Management", verbs=("view", "create"))

RESOURCES = (company_settings, users, runs)
