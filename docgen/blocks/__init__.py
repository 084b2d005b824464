"""What content calls between ``{{`` and ``}}``.

A block is a function that takes :class:`Sources` first and gives a :class:`Slot`: data, and
the name of the template in ``templates/blocks/`` that makes HTML of them. To add one, write
a public function in a module here, and name the module in ``registry.MODULES``.
"""
