"""One request at a guarded view, from what was declared to what goes on the wire.

What a decorator was told (:class:`.Guarded`) becomes a plan, once for each view, application,
URL rule and method (:class:`.Plan`), and every request one small object
(:class:`.Inquiry`). The decorators, ``check()`` and ``explain`` go through it; there is
no other way.
"""
