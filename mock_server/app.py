"""The composition root: everything is made and put together here, and nothing at import."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import flask

from mock_server.core.clock import Clock
from mock_server.core.events import Event, Target
from mock_server.core.faults import Faults
from mock_server.core.store import Database
from mock_server.core.vendor import Context, Vendor
from mock_server.ops import ROUTES
from mock_server.ops.control import mount_control
from mock_server.ops.guard import Guard
from mock_server.settings import Settings
from mock_server.vendors import WORLDS
from mock_server.web.cors import allow_origins
from mock_server.web.errors import handle_errors
from mock_server.web.faults import DropMiddleware
from mock_server.web.journal import RequestJournal
from mock_server.web.requests import LARGEST_BODY
from mock_server.web.rewriting import RewriteMiddleware
from mock_server.web.routing import mount
from mock_server.web.scheduling import make_needs_worker
from mock_server.web.streams import StreamLimiter
from mock_server.web.webhooks import WebhookDispatcher
from mock_server.web.worlds import World, Worlds, fill

_DEFAULT = "default"


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
    worlds = _make_worlds(settings, clock or settings.make_clock(), progress)
    app = flask.Flask("mock_server", static_folder=None)
    # One byte more than is taken: a body without a stated length is cut off at the limit, not refused.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for vendor in settings.vendors:
        mount(app, vendor, worlds)
    guard = Guard(settings.host, settings.admin_token, settings.cors)
    mount_control(app, ROUTES, worlds, settings.vendors, StreamLimiter(settings.streams), guard)
    if settings.cors:
        allow_origins(app, settings.cors)
    handle_errors(app, settings.vendors, worlds, [f"{route.method} {route.path}" for route in ROUTES])
    app.wsgi_app = DropMiddleware(RewriteMiddleware(app.wsgi_app, settings.vendors))  # type: ignore[method-assign]  # Flask's own way
    app.extensions["mock_server"] = worlds
    app.extensions["mock_server.needs_worker"] = make_needs_worker(
        settings.vendors, worlds, durable=settings.db is not None
    )
    worlds.default.dispatcher.resume()
    return app


def _make_worlds(settings: Settings, clock: Clock, progress: Callable[[int], None]) -> Worlds:
    def target(event: Event) -> Target | None:
        found = {vendor.name: vendor.target for vendor in settings.vendors}.get(event.draft.vendor)
        return None if found is None else found(event, settings)

    rules = settings.rules()

    def make(name: str, id_: str, database: Database, like: World | None, time: Clock) -> World:
        context = Context(
            clock=time,
            database=database,
            seed=settings.seed,
            options=settings,
            check_references=settings.check_references,
            webhook_hosts=frozenset(settings.webhook_allow),
        )
        emulations = {
            vendor.name: vendor.emulate(context, None if like is None else like.emulations[vendor.name])
            for vendor in settings.vendors
        }
        return World(
            name=name,
            id=id_,
            context=context,
            emulations=emulations,
            dispatcher=WebhookDispatcher(
                database.event_log, time, target, settings.webhook_allow, settings.event_history
            ),
            faults=Faults(time, settings.seed, rules),
            journal=RequestJournal(settings.journal, time),
            begun=time.setting,
        )

    def empty() -> Database:
        return Database(_specs(settings.vendors), history=settings.event_history)

    def seed(world: World, told: Callable[[int], None]) -> None:
        own = world.name == _DEFAULT
        sessions = settings.sessions if own and settings.world == "demo" else None
        _fill(world, settings.vendors, settings.world if own else world.name, told, sessions)

    def found(name: str, instant: int) -> World:
        world = make(name, "", empty(), None, Clock(instant))
        seed(world, lambda _: None)
        return world

    def begin(database: Database) -> Worlds:
        documents = settings.documents()
        if database.fresh and documents is not None:
            fill(database, documents)
        default = make(_DEFAULT, "", database, None, clock)
        seeded = database.fresh and documents is None
        if seeded:
            seed(default, progress)
            default.dispatcher.close()
            # Anew, so that a reset, which starts from the filled store too, gives the same ids again.
            default = make(_DEFAULT, "", database, default, clock)
        return Worlds(default, make, found, empty, WORLDS, seeded=seeded)

    database = Database(_specs(settings.vendors), settings.db, settings.durability, history=settings.event_history)
    with _discarded_on_failure(database):
        return begin(database)


@contextmanager
def _discarded_on_failure(database: Database) -> Iterator[None]:
    """Close the database when the block raises, and remove a new file: the next start must not open half a data set."""
    try:
        yield
    except BaseException:
        if database.fresh:
            database.discard()
        else:
            database.close()
        raise


def _specs(vendors: tuple[Vendor, ...]) -> list[Any]:
    return [spec for vendor in vendors for spec in vendor.collections]


def _fill(
    world: World, vendors: tuple[Vendor, ...], name: str, progress: Callable[[int], None], sessions: int | None
) -> None:
    """Make what each vendor has in the named world, or so many sessions."""
    for vendor in vendors:
        preset = vendor.presets[name]
        count = preset.sessions if sessions is None else sessions
        world.emulations[vendor.name].seed(count, progress, preset.adjust)
