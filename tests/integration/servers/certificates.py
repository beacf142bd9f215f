# SPDX-License-Identifier: BSD-2-Clause
"""certificates.py - a certification authority for one test run, and server certificates signed by it"""
import os

from .process import run


def make(folder, name, *more_names):
    """Writes ca.pem, cert.pem and key.pem for `name` into `folder`; more_names such as "IP:10.0.0.1"."""
    os.makedirs(folder, exist_ok=True)

    def path(file):
        return os.path.join(folder, file)

    for key in ("cakey.pem", "key.pem"):
        run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path(key))
        os.chmod(path(key), 0o600)
    run("openssl", "req", "-x509", "-new", "-key", path("cakey.pem"), "-days", "3650", "-subj", "/CN=test authority",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-out", path("ca.pem"))
    run("openssl", "req", "-new", "-key", path("key.pem"), "-subj", "/CN=" + name, "-out", path("request.pem"))
    names = ",".join(["DNS:" + name, "IP:127.0.0.1", *more_names])
    with open(path("extensions"), "w", encoding="ascii") as out:
        out.write("subjectAltName=%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n" % names)
    run("openssl", "x509", "-req", "-in", path("request.pem"), "-CA", path("ca.pem"), "-CAkey", path("cakey.pem"),
        "-set_serial", "2", "-days", "3650", "-extfile", path("extensions"), "-out", path("cert.pem"))
    return path("ca.pem")
