# SPDX-License-Identifier: BSD-2-Clause
"""accounts.py - SASL accounts in a sasldb2 of our own, written by Cyrus SASL itself

Promises: neither saslauthd nor saslpasswd2 is needed; the file of the machine is not touched. libsasl2 is driven in a
          process of its own, since it keeps one state a process.
"""
import ctypes
import os
import sys

from .process import run

REALM = "example.test"
# name -> password
EVERYBODY = {"ann": "Login.1", "outlook": "Login.2"}

_SASL_CB_LIST_END, _SASL_CB_GETOPT, _SASL_SET_CREATE = 0, 1, 1
_PROMPT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
                           ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_uint))


class _Callback(ctypes.Structure):  # sasl_callback_t of sasl/sasl.h
    _fields_ = [("id", ctypes.c_ulong), ("proc", _PROMPT), ("context", ctypes.c_void_p)]


def make(folder, owner=None):
    """Writes a folder with `sasldb2`, and the configuration that makes servers use it, under the names that Postfix
    (`smtpd.conf`) and Sendmail (`Sendmail.conf`) look for. Returns the folder."""
    os.makedirs(folder, exist_ok=True)
    database = os.path.join(folder, "sasldb2")
    run(sys.executable, "-B", "-m", __name__, database,
        cwd=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    os.chmod(database, 0o600)
    if owner:
        os.chmod(folder, 0o755)
        run("chown", owner, database)
    for name in ("smtpd.conf", "Sendmail.conf"):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            out.write("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\n"
                      "mech_list: PLAIN LOGIN CRAM-MD5\n" % database)
    return folder


def _write(database):
    """Called in the child."""
    sasl = ctypes.CDLL("libsasl2.so.2")
    sasl.sasl_setpass.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint, ctypes.c_char_p,
                                  ctypes.c_uint, ctypes.c_uint]
    options = {b"auxprop_plugin": b"sasldb", b"sasldb_path": database.encode(), b"mech_list": b"PLAIN"}

    def option(_context, _plugin, name, result, length):
        if name not in options:
            return -1
        result[0] = options[name]
        if length:
            length[0] = len(options[name])
        return 0

    callbacks = (_Callback * 2)(_Callback(_SASL_CB_GETOPT, _PROMPT(option), None),
                                _Callback(_SASL_CB_LIST_END, _PROMPT(0), None))
    connection = ctypes.c_void_p()
    _check(sasl, sasl.sasl_server_init(callbacks, b"rollcall-tests"))
    _check(sasl, sasl.sasl_server_new(b"smtp", REALM.encode(), REALM.encode(), None, None, None, 0,
                                      ctypes.byref(connection)))
    for name, password in EVERYBODY.items():
        _check(sasl, sasl.sasl_setpass(connection, name.encode(), password.encode(), len(password), None, 0,
                                       _SASL_SET_CREATE))


def _check(sasl, code):
    sasl.sasl_errstring.restype = ctypes.c_char_p
    if code != 0:
        sys.exit("libsasl2: " + sasl.sasl_errstring(code, None, None).decode())


if __name__ == "__main__":
    _write(sys.argv[1])
