"""Print what the built jar holds, and the version of Java."""

import re
import subprocess
import zipfile
from pathlib import Path

PARTS = {
    "Spring Boot": "spring-boot",
    "Spring Framework": "spring-core",
    "Hibernate": "hibernate-core",
    "Tomcat": "tomcat-embed-core",
    "H2": "h2",
}

names = zipfile.ZipFile(Path("target", "docs.jar")).namelist()
for title, artifact in PARTS.items():
    jar = re.compile(rf"BOOT-INF/lib/{artifact}-(\d[\d.]*\d)(\.Final)?\.jar")
    print(*(f"{title} {found[1]}" for name in names if (found := jar.fullmatch(name))))
said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
print("Java", re.search(r'"(.+)"', said.stderr)[1])
