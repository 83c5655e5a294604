"""The screens: Textual in front, services behind `gateway.Gateway`, keys from `actions.ACTIONS`.

A screen derives from `screens.base.BaseScreen`, names its ``SCOPE`` in the action registry and has one
method ``do_<id with underscores>`` for each action of that scope. It reads and writes through
``self.gateway.run(work, then)``: ``work`` runs in a thread and gets no widget, ``then`` runs on the loop.
"""
