"""The composition root: everything is made and put together here, and nothing at import."""

from collections.abc import Callable

import flask

from mock_server.core.clock import Clock
from mock_server.core.events import Event, Target
from mock_server.core.store import Database
from mock_server.core.vendor import Surroundings
from mock_server.ops.control import mount_control
from mock_server.ops.events import event_routes
from mock_server.ops.health import HEALTH
from mock_server.settings import Settings
from mock_server.web.addressing import LARGEST_BODY, Readdressed
from mock_server.web.errors import handle_errors
from mock_server.web.routing import mount
from mock_server.web.streams import Places
from mock_server.web.webhooks import Sender
from mock_server.web.worlds import World


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
    world = _make_world(settings, clock or settings.make_clock())
    app = flask.Flask("mock_server", static_folder=None)
    # One byte more than is taken: a body without a stated length is cut off at the limit, not refused.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for vendor in settings.vendors:
        mount(app, vendor, world)
        if world.database.fresh:
            world.emulations[vendor.name].seed(settings.sessions, progress)
    mount_control(app, (*HEALTH, *event_routes(Places(settings.streams))), lambda _: world)
    handle_errors(app, settings.vendors, world)
    app.wsgi_app = Readdressed(app.wsgi_app, settings.vendors)  # type: ignore[method-assign]  # Flask's own way to wrap it
    app.extensions["mock_server"] = world
    world.sender.resume()
    return app


def _make_world(settings: Settings, clock: Clock) -> World:
    specs = (spec for vendor in settings.vendors for spec in vendor.collections)
    database = Database(specs, settings.db, settings.durability, history=settings.event_history)
    surroundings = Surroundings(
        clock=clock,
        database=database,
        seed=settings.seed,
        options=settings,
        strict_query=settings.strict_query,
        check_references=settings.check_references,
    )
    targets = {vendor.name: vendor.target for vendor in settings.vendors}

    def target(event: Event) -> Target | None:
        found = targets.get(event.draft.vendor)
        return None if found is None else found(event, settings)

    return World(
        surroundings=surroundings,
        emulations={vendor.name: vendor.emulate(surroundings) for vendor in settings.vendors},
        sender=Sender(database.ledger, clock, target, settings.webhook_allow, settings.event_history),
    )
