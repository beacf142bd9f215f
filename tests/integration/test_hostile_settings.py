# SPDX-License-Identifier: BSD-2-Clause
"""What settings make of a stranger's forged headers, over a real Postfix: which messages lose them, and that the secret
goes from all"""
import pytest

from servers import front as house
from servers import mail, rollcalld
from servers.company import TEAM, address

FORGED = [("X-MS-Exchange-Organization-AuthAs", "Internal"), ("X-MS-Exchange-CrossTenant-AuthAs", "Internal")]
SECRET = (house.SECRET_HEADER, house.SECRETS[0])
PLAIN = ["x@elsewhere.example"]


def left(relay, recipient):
    """(who got it, how many trust headers are left) of a message with the secret and forged headers."""
    sent = mail.send(relay.port, recipient, headers=[SECRET, *FORGED])
    relay.mta.wait_idle()
    deliveries = relay.mta.sink.deliveries(sent.message_id)
    for one in deliveries:
        assert one.message[house.SECRET_HEADER] is None and house.SECRETS[0].encode() not in one.octets
    counts = {sum(name.lower().startswith("x-ms-exchange-") for name in one.message.keys()) for one in deliveries}
    assert len(counts) <= 1
    return sorted(one.recipient for one in deliveries), counts.pop() if counts else None


# settings of [origin] and [milter]; what is left at a group's members, and at a plain recipient
@pytest.mark.parametrize("origin,milter,group,plain", [
    ({}, {}, (TEAM, 0), (PLAIN, 2)),
    ({"strip-trust-headers": "all"}, {}, (TEAM, 0), (PLAIN, 0)),
    ({"strip-trust-headers": "never"}, {}, (TEAM, 2), (PLAIN, 2)),
    ({}, {"trusted_networks": "127.0.0.0/8"}, (TEAM, 0), (PLAIN, 2)),
    ({}, {"mode": "observe"}, ([address("toauthor")], 2), (PLAIN, 2)),
], ids=["expanded", "all", "never", "trusted-network", "observe"])
def test_which_messages_lose_forged_headers(shared_workshop, world, special_ldif, origin, milter, group, plain):
    relay = shared_workshop.relay(rollcalld.from_ldif(special_ldif), sections=world.sections(origin=origin),
                                  **{"trusted_networks": None, **milter})
    assert left(relay, address("toauthor")) == group
    assert left(relay, PLAIN[0]) == plain
    insiders = mail.send(relay.port, address("insiders"), headers=[SECRET, *FORGED])
    assert insiders.accepted == ("trusted_networks" in milter or "mode" in milter)
