"""Print the versions of what was built: of Java and of the jars in target/."""

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
    "Jackson": "jackson-databind",
}

target = Path("target")
jars = [path.name for path in target.glob("dependency/*.jar")]
for built in target.glob("*.jar"):
    jars += [Path(name).name for name in zipfile.ZipFile(built).namelist()]
for title, artifact in PARTS.items():
    jar = re.compile(rf"{artifact}-(\d[\d.]*\d)(\.Final)?\.jar")
    for found in filter(None, map(jar.fullmatch, jars)):
        print(title, found[1])
said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True)
print("Java", re.search(r'"(.+)"', said.stderr)[1])
