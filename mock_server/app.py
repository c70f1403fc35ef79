"""The composition root: makes the application and everything that it is built from. Importing it starts nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import flask

from mock_server.core import bounds
from mock_server.core.clock import Clock
from mock_server.core.redaction import Redactor
from mock_server.core.store import Database
from mock_server.ops import ROUTES
from mock_server.ops.control import ControlApi
from mock_server.ops.guard import Guard
from mock_server.settings import Settings
from mock_server.vendors import WORLDS
from mock_server.web.cors import allow_origins
from mock_server.web.documents import fill
from mock_server.web.errors import handle_errors
from mock_server.web.faults import DropMiddleware
from mock_server.web.requests import LARGEST_BODY
from mock_server.web.rewriting import RewriteMiddleware
from mock_server.web.routing import mount
from mock_server.web.scheduling import make_needs_worker
from mock_server.web.streams import StreamLimiter
from mock_server.web.webhook_workers import WebhookWorkers
from mock_server.web.world_factory import DEFAULT, WorldFactory
from mock_server.web.worlds import Worlds


def create_app(
    settings: Settings | None = None,
    progress: Callable[[int], None] = lambda _: None,
    *,
    clock: Clock | None = None,
) -> flask.Flask:
    """Return the WSGI application, seeded and ready. Without settings, they are read from the environment.

    `progress` is called with the number of sessions made since its last call. A given `clock` is used in place of the
    one that the settings name. Raise SettingsError or DatabaseError.
    """
    settings = settings or Settings.from_environment()
    redactor = Redactor(settings.vendors, (name for route in ROUTES for name in route.query.model_fields))
    worlds = _make_worlds(settings, redactor, clock or settings.make_clock(), progress)
    app = flask.Flask("mock_server", static_folder=None)
    # One byte over the limit: Werkzeug truncates a body without a Content-Length instead of refusing it.
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY + 1
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    for vendor in settings.vendors:
        mount(app, vendor, worlds)
    guard = Guard(settings.host, settings.admin_token, settings.cors)
    ControlApi(worlds, settings.vendors, StreamLimiter(settings.streams), guard, redactor).mount(app, ROUTES)
    if settings.cors:
        allow_origins(app, settings.cors)
    handle_errors(app, settings.vendors, worlds, [f"{route.method} {route.path}" for route in ROUTES])
    app.wsgi_app = DropMiddleware(RewriteMiddleware(app.wsgi_app, settings.vendors))  # type: ignore[method-assign]  # the documented way to add WSGI middleware
    app.extensions["mock_server"] = worlds
    app.extensions["mock_server.redactor"] = redactor
    app.extensions["mock_server.needs_worker"] = make_needs_worker(
        settings.vendors, worlds, durable=settings.db is not None
    )
    worlds.default.dispatcher.resume()
    return app


def _make_worlds(settings: Settings, redactor: Redactor, clock: Clock, progress: Callable[[int], None]) -> Worlds:
    factory = _make_factory(settings, redactor)
    database = Database(
        factory.collections,
        settings.db,
        settings.durability,
        history=settings.event_history,
        most_added=factory.most_added,
    )
    with _discarded_on_failure(database):
        documents = settings.documents()
        emulations, seeded = None, database.fresh and documents is None
        if database.fresh:
            draft = database.fork()  # whatever interrupts this, the file holds all documents or none
            if documents is None:
                emulations = factory.seed_documents(DEFAULT, draft, clock, progress)
            else:
                fill(draft, documents)
            database.restore(draft)
        database.set_base()
        default = factory.make(DEFAULT, "", database, clock, like=emulations)
        return Worlds(default, factory, WORLDS, seeded=seeded)


def _make_factory(settings: Settings, redactor: Redactor) -> WorldFactory:
    return WorldFactory(
        vendors=settings.vendors,
        options={vendor.name: settings.section(vendor) for vendor in settings.vendors},
        seed=settings.seed,
        data_set=settings.world,
        sessions=settings.sessions if settings.world == "demo" else None,
        rules=settings.rules(),
        journal=settings.journal,
        event_history=settings.event_history,
        most_added=settings.documents_mib * bounds.MIB,
        check_references=settings.check_references,
        webhook_allow=settings.webhook_allow,
        redactor=redactor,
        webhook_workers=WebhookWorkers(settings.webhook_workers),
    )


@contextmanager
def _discarded_on_failure(database: Database) -> Iterator[None]:
    """Close the database if the block raises, and delete a new file: the next start must not open half a data set."""
    try:
        yield
    except BaseException:
        if database.fresh:
            database.discard()
        else:
            database.close()
        raise
