# SPDX-License-Identifier: BSD-2-Clause
"""Real servers for the integration tests, each private: own folder, own ports, own processes."""
