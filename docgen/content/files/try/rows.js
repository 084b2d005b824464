// Rules as rows of data, [path, op] or [path, op, value], about facts that are a tree: it is
// flask_preconditions.rows in another language. Tests hold the two together.
(() => {
  const follow = (path, facts) => path.split(".").reduce(
    (found, name) => (found && typeof found === "object" && Object.hasOwn(found, name) ? found[name] : undefined),
    facts);

  const isTree = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

  // The members of an object have no order, the items of a list have one.
  const isSame = (a, b) => {
    if (Array.isArray(a) && Array.isArray(b)) {
      return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
    }
    if (!isTree(a) || !isTree(b)) return a === b;
    const names = Object.keys(a);
    return names.length === Object.keys(b).length
      && names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
  };

  const OPS = {
    exists: (found) => found !== undefined,
    absent: (found) => found === undefined,
    not: (found, value) => found === undefined || !isSame(found, value),
    is: (found, value) => found !== undefined && isSame(found, value),
    in: (found, value) => found !== undefined && value.some((one) => isSame(found, one)),
    starts: (found, value) => typeof found === "string" && found.startsWith(value),
    has: (found, value) => typeof found === "string" && found.includes(value),
  };
  const satisfies = (found, op, value) => OPS[op](found, value);
  const holds = (rows, facts) => rows.every(([path, op, value]) => satisfies(follow(path, facts), op, value));

  Object.assign(httpPreconditions, { follow, isSame, satisfies, holds });
})();
