import subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0,'.')
from tests.checker.test_hostile import MODES, answering, COMMAND, MEASURE
def run(mode):
    with answering(MODES[mode]) as url:
        t=time.time()
        r=subprocess.run([sys.executable,"-c",MEASURE,*COMMAND,url],capture_output=True,text=True)
        said,_,peak=(r.stdout+r.stderr).rpartition("peak: ")
        return f"{mode:26} {time.time()-t:5.1f} s {int(peak)/1024:5.0f} MB exit {r.returncode} {'TRACEBACK' if 'Traceback' in said else ''}"
with ThreadPoolExecutor(2) as pool:
    for line in pool.map(run, MODES): print(line, flush=True)
