# SPDX-License-Identifier: BSD-2-Clause
"""cache.py - what is costly to make and the same in every run, kept as archives in ROLLCALL_CACHE"""
import os
import shutil
import tempfile

from .process import run


def folder():
    """ROLLCALL_CACHE, else the user's cache directory, else one of ours in /var/tmp."""
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and os.path.join(os.environ["HOME"], ".cache"))
    path = os.environ.get("ROLLCALL_CACHE")
    if not path:
        path = os.path.join(home, "rollcall-tests") if home else "/var/tmp/rollcall-tests-%d" % os.getuid()
    os.makedirs(path, mode=0o700, exist_ok=True)
    if os.stat(path).st_uid != os.getuid():
        raise PermissionError("%s belongs to somebody else" % path)
    return path


def unpack(kind, fingerprint, target, make):
    """Fills `target`, made by make() the first time and unpacked from the archive ever after. Archives of the same
    kind with another fingerprint are dropped when they are a week old."""
    archive = os.path.join(folder(), "%s-%s.tar.zst" % (kind, fingerprint))
    os.makedirs(target, exist_ok=True)
    if os.path.exists(archive):
        os.utime(archive)
        run("tar", "-C", target, "--zstd", "-xf", archive)
        return
    make()
    handle, fresh = tempfile.mkstemp(dir=folder(), prefix=kind)
    os.close(handle)
    try:
        run("tar", "-C", target, "-S", "--zstd", "-cf", fresh, ".")
        os.rename(fresh, archive)
    finally:
        if os.path.exists(fresh):
            os.unlink(fresh)
    _drop_old(kind, archive)


def _drop_old(kind, keep):
    newest = os.stat(keep).st_mtime
    for name in os.listdir(folder()):
        path = os.path.join(folder(), name)
        if name.startswith(kind + "-") and path != keep and os.stat(path).st_mtime < newest - 7 * 86400:
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
