"""The composition root: everything is made and put together here, and nothing at import."""

from collections.abc import Callable

import flask

from mock_server.core.clock import Clock
from mock_server.core.store import Database
from mock_server.core.vendor import Surroundings
from mock_server.ops.health import mount_health
from mock_server.settings import Settings
from mock_server.web.addressing import LARGEST_BODY, Readdressed
from mock_server.web.errors import handle_errors
from mock_server.web.routing import mount


def create_app(
    settings: Settings | None = None,
    progress: Callable[[int], None] = lambda _: None,
    *,
    clock: Clock | None = None,
) -> flask.Flask:
    """The WSGI application, seeded and ready; settings come from the environment when None.

    `progress` is told how many sessions were made since it was last called. A given `clock` is used in
    place of the one that the settings name.
    Raises SettingsError and DatabaseError.
    """
    settings = settings or Settings.from_environment()
    vendors = settings.vendors
    database = Database((spec for vendor in vendors for spec in vendor.collections), settings.db, settings.durability)
    surroundings = Surroundings(
        clock=clock or settings.make_clock(),
        database=database,
        seed=settings.seed,
        options=settings,
        strict_query=settings.strict_query,
        check_references=settings.check_references,
    )
    app = flask.Flask("mock_server", static_folder=None)
    # One byte more than is taken: a body without a stated length is cut off at the limit, not refused.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    emulations = {vendor.name: vendor.emulate(surroundings) for vendor in vendors}
    for vendor in vendors:
        mount(app, vendor, emulations[vendor.name], surroundings)
        if database.fresh:
            emulations[vendor.name].seed(settings.sessions, progress)
    mount_health(app, emulations)
    handle_errors(app, vendors, surroundings)
    app.wsgi_app = Readdressed(app.wsgi_app, vendors)  # type: ignore[method-assign]  # Flask's own way to wrap it
    app.extensions["mock_server"] = database
    return app
