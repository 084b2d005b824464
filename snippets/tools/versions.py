"""Print the versions of Python packages and of Python: ``versions.py Flask gunicorn``."""

import platform
import sys
from importlib.metadata import version

for package in sys.argv[1:]:
    print(package, version(package))
print("Python", platform.python_version())
