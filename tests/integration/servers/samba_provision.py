# SPDX-License-Identifier: BSD-2-Clause
"""samba_provision.py - makes a domain: run as a program, since Samba's libraries want a process of their own

usage: samba_provision.py FOLDER ADDRESS REALM DOMAIN HOST PASSWORD
"""
import logging
import sys

from samba.auth import system_session
from samba.dcerpc import security
from samba.provision import FILL_FULL, provision


def main(folder, address, realm, domain, host, password):
    logging.basicConfig(level=logging.WARNING)
    # No sysvol ACLs: nobody serves files here, and they would need a file system with ACLs.
    provision(logging.getLogger("provision"), system_session(), targetdir=folder, realm=realm, domain=domain,
              hostname=host, hostip=address, adminpass=password, dns_backend="SAMBA_INTERNAL", serverrole="dc",
              samdb_fill=FILL_FULL, skip_sysvolacl=True, base_schema="2012_R2", backend_store="mdb",
              backend_store_size=2 << 30, batch_mode=True, dom_for_fun_level=4, use_rfc2307=False,
              domainsid=security.dom_sid("S-1-5-21-1111111111-2222222222-3333333333"))


if __name__ == "__main__":
    main(*sys.argv[1:])
