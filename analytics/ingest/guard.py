"""Faults and cancels of a long import, as errors in words."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import duckdb

from analytics.dataset import disk_is_full
from analytics.ingest.examine import cancelled
from analytics.text import Text, UserError


@contextlib.contextmanager
def in_words(cancel: threading.Event) -> Iterator[None]:
    """Faults of the machine as UserErrors; DuckDB's own texts may quote data and are not passed on."""
    try:
        yield
    except duckdb.InterruptException:
        raise cancelled() from None
    except duckdb.OutOfMemoryException:
        raise UserError(Text("The import needs more memory or temporary disk space than allowed; free some or split the files by month.",
                             "导入所需内存或临时磁盘空间超出限制；请释放空间或按月拆分文件。"), "memory") from None  # fmt: skip
    except (duckdb.Error, OSError) as error:
        if not (disk_is_full(error) or isinstance(error, duckdb.IOException | OSError)):
            raise
        if not disk_is_full(error):
            raise UserError(Text("The disk could not be written or a file could not be read; nothing was kept.",
                                 "磁盘写入或文件读取失败；未保留任何内容。"), "disk") from None  # fmt: skip
        raise UserError(Text("The disk is full; nothing was kept. Free some space and import again.",
                             "磁盘已满，未保留任何内容。请释放空间后重新导入。"), "disk") from None  # fmt: skip


@contextlib.contextmanager
def interruptible(con: duckdb.DuckDBPyConnection, cancel: threading.Event) -> Iterator[None]:
    """While inside, setting `cancel` stops the running statement within a tenth of a second."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            if cancel.is_set():
                con.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
        if cancel.is_set():
            raise cancelled()
    finally:
        done.set()
        watcher.join()
