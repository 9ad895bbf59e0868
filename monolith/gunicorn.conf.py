"""gunicorn as it runs: two processes of sixteen threads, behind a gateway that keeps connections."""

import os
import shutil
from pathlib import Path
from typing import Any

bind = f"{os.environ.get('LISTEN_HOST', '127.0.0.1')}:{os.environ.get('PORT', '18100')}"
worker_class = "gthread"
workers = 2
threads = 16
# Longer than the gateway keeps an idle connection, so that we never close one it is about to use.
keepalive = 75
timeout = 30
graceful_timeout = 10
backlog = 512
# The most gunicorn takes: room for the longest cursor, and as much as the service reads.
limit_request_line = 8190
accesslog = None
# Nobody in front of us says where we are mounted; a client that says so would move its path past
# what looks at paths.
forwarder_headers = ""
# Import before forking: the workers share memory, and a broken import stops the start at once.
preload_app = True
control_socket_disable = True

_metrics = Path(os.environ.get("STATE_DIR", ".run")) / "monolith-metrics"
shutil.rmtree(_metrics, ignore_errors=True)
_metrics.mkdir(parents=True)
# Before prometheus_client is imported: it looks once.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_metrics)

logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
}


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a process that is gone."""
    from prometheus_client import multiprocess  # noqa: PLC0415 - not before the directory is set

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
