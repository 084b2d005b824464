// Loads a script that lies beside this one when a reader first needs it. A page that was opened
// from a file has no fetch, but takes a script.
{
  const here = document.currentScript.src;
  const loading = {};

  docgen.load = (name) => {
    loading[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(name, here);
      script.async = false;
      script.addEventListener("load", resolve);
      script.addEventListener("error", (event) => {
        delete loading[name];
        reject(event);
      });
      document.head.append(script);
    });
    return loading[name];
  };
}
