# SPDX-License-Identifier: BSD-2-Clause
"""front.py - one MTA with rollcalld as it stands at the edge of a house: TLS, SASL, tenant proof, second listener

The same face for Postfix and Sendmail, so that one test runs over both. Nobody is trusted for being on loopback.

Owns: with Sendmail that server; of Postfix the services that it adds.
"""
import json
import os
import re

from . import accounts, authority, mail, rollcalld, sendmail

# The common Postfix routes each reserved domain to one daemon.
SPLIT = {"postfix": "front.rollcall.invalid", "sendmail": "split.rollcall.invalid"}
SECRET_HEADER = "X-Example-Relay"
SECRETS = ("first-Secret-0123456789", "second-Secret-9876543210")
OWN_TENANT = "11111111-2222-3333-4444-555555555555"
FOREIGN_TENANT = "99999999-8888-7777-6666-555555555555"
# Clients that come from here come from an address that Microsoft publishes.
PUBLISHED = "127.0.0.2"


class World:
    """What both MTAs share: authorities, accounts, files of the daemons."""

    def __init__(self, folder):
        self.folder = folder
        self.known, self.certificates = authority.clients(folder + "/certificates")
        self.server = self.known.issue("server", "mx.example.test", usage=(authority.SERVER,),
                                       names=("mx.example.test",))
        self.secret_file = self._write("secret", "".join(secret + "\n" for secret in SECRETS), 0o600)
        self.endpoints_file = self._write("endpoints.json", json.dumps([
            {"id": 10, "serviceArea": "Exchange", "tcpPorts": "25", "ips": [PUBLISHED + "/32"]}]))

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def sections(self, **changes):
        """Of rollcall.conf; `changes`: section -> keys."""
        usual = {
            "origin": {"exchange-online": "either", "tenant-header": SECRET_HEADER,
                       "tenant-secret-file": self.secret_file, "tenant-ids": OWN_TENANT,
                       "endpoints-file": self.endpoints_file},
            "policy": {"moderated": "hold"}}
        return {name: {**usual.get(name, {}), **changes.get(name, {})} for name in {**usual, **changes}}


class Front:
    """`kind`: "postfix" or "sendmail"; `mta`: the server; `port`: where the world comes in; `split_port`: the second
    listener, on loopback."""

    def __init__(self, kind, mta, daemon, world, port):
        self.kind, self.mta, self.daemon, self.world, self.port = kind, mta, daemon, world, port
        self.split_port, self.split_domain = daemon.split_port, SPLIT[kind]
        self.certificates = world.certificates

    def send(self, recipients, certificate=None, **how):
        """mail.send(); `certificate`: the label of one."""
        return mail.send(self.port, recipients, certificate=self.certificates[certificate] if certificate else None,
                         **how)

    def dialog(self, certificate=None, port=None, **how):
        return mail.Dialog(port or self.port, certificate=self.certificates[certificate] if certificate else None,
                           **how)

    def delivered(self, sent):
        return self.mta.delivered(sent)

    def deliveries(self, sent):
        self.mta.wait_idle()
        return self.mta.sink.deliveries(sent.message_id)

    def line(self, sent, word):
        """The first log line of a message that begins with this word ("origin", "refused", ...)."""
        return self.daemon.wait_log(r"%s: %s: " % (re.escape(sent.queue_id), word))

    def close(self):
        if self.kind == "sendmail":
            self.mta.close()


def on_postfix(workshop, directory, world, **changes):
    daemon = workshop.daemon(directory, trusted_networks=None, split_domain=SPLIT["postfix"],
                             sections=world.sections(**changes))
    milters = "{ unix:rollcall/%s, default_action=tempfail }" % os.path.basename(daemon.socket)
    folder = accounts.make(os.path.join(daemon.folder, "sasl"), "postfix")
    port = workshop.mta.listen_secure(milters, world.server, world.known.ca_file, folder)
    workshop.mta.listen_split(daemon.mta_config("postfix", "master.cf"), SPLIT["postfix"], daemon.split_port)
    return Front("postfix", workshop.mta, daemon, world, port)


def on_sendmail(workshop, directory, world, **changes):
    daemon = workshop.daemon(directory, trusted_networks=None, split_domain=SPLIT["sendmail"], socket_group="",
                             sections=world.sections(**changes))
    server = sendmail.Sendmail(workshop.new_folder("sendmail"), "local:" + daemon.socket)
    server.listen_secure(world.server, world.known.ca_file, accounts.make(os.path.join(daemon.folder, "sasl")))
    server.take(daemon.mta_config("sendmail", "sendmail.mc"), daemon.mta_config("sendmail", "mailertable"))
    return Front("sendmail", server.start(), daemon, world, server.port)


MAKERS = {"postfix": on_postfix, "sendmail": on_sendmail}
