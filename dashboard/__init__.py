"""What a person sees: the page, its API, and who may see them."""

from dashboard.app import create_app
from dashboard.auth import Access
from dashboard.errors import AddressError, DashboardError, KeyFileError
from dashboard.person import Person
from dashboard.serving import Address, names, serve

__all__ = [
    "Access",
    "Address",
    "AddressError",
    "DashboardError",
    "KeyFileError",
    "Person",
    "create_app",
    "names",
    "serve",
]
