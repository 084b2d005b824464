// What a guarded document answers: the decision of evaluator.js as a response, the refusals as
// flask_preconditions.problems describes them. Tests compare both with the extension's own.
//
//   httpPreconditions.answer({ method, fields, content }, stored, { path: "/docs/1" })
//
// `stored` is null or { etag, lastModified, strongDate, content }. The answer is { status, phrase,
// fields, body, decision, stored }, with the document as it is afterwards.
(() => {
  const PHRASES = {
    200: "OK", 201: "Created", 204: "No Content", 206: "Partial Content", 304: "Not Modified",
    400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 412: "Precondition Failed",
    422: "Unprocessable Content", 428: "Precondition Required",
  };
  const TYPES = {
    failed: ["precondition-failed", "Precondition Failed"],
    required: ["precondition-required", "Precondition Required"],
    malformed: ["malformed-precondition", "Malformed Precondition"],
  };
  const ALLOWED = ["GET", "HEAD", "QUERY", "PUT", "PATCH", "DELETE", "OPTIONS"];

  const detail = ({ malformed, outcome, reason, decidedBy }, noun, creates) => {
    if (malformed) return malformed.problem;
    if (outcome === "required") {
      return creates
        ? `To create the ${noun}, send If-None-Match: * with this request.`
        : `Send If-Match with the ETag of the ${noun} as you read it, `
          + "so that nobody else's change is lost.";
    }
    return {
      absent: `The ${noun} does not exist, and ${decidedBy} asks that it does.`,
      weak: "If-Match compares strongly, and a weak entity tag (W/) never matches. "
        + "Send the tag as the server issued it.",
      exists: `The ${noun} exists in a state that your If-None-Match rules out.`,
    }[reason] ?? `The ${noun} changed after you read it.`;
  };

  const next = ({ outcome, reason }, href, creates) => {
    if (outcome === "malformed" || (outcome === "required" && creates)) return { action: "resend" };
    if (reason === "absent") return { action: "none" };
    return { action: "refetch", method: "GET", href };
  };

  // The members of RFC 9457, in the order that the extension writes them.
  const problem = (decision, { path, noun, base, creates, etag, instance }) => {
    const [slug, title] = TYPES[decision.outcome];
    const members = {
      type: `${base}${slug}/`, title, status: decision.status,
      detail: detail(decision, noun, creates), instance,
    };
    if (decision.decidedBy) members.failed_header = decision.decidedBy;
    if (decision.reason) members.reason = decision.reason;
    if (etag) members.current_etag = etag;
    members.next = next(decision, path, creates);
    return members;
  };

  const formatDate = (seconds) => new Date(seconds * 1000).toUTCString();

  const validators = (stored) => {
    const fields = [];
    if (stored?.etag) fields.push(["ETag", stored.etag]);
    if (stored && stored.lastModified !== null && stored.lastModified !== undefined) {
      fields.push(["Last-Modified", formatDate(stored.lastModified)]);
    }
    return fields;
  };

  const tagOf = (stored) => validators(stored).filter(([name]) => name === "ETag");

  const json = (members) => `${JSON.stringify(members, null, 2)}\n`;

  const plainProblem = (status, text) => ({
    status, fields: [["Content-Type", "application/problem+json"], ["Cache-Control", "no-store"]],
    body: json({ type: "about:blank", title: PHRASES[status], status, detail: text }),
  });

  const answer = (request, stored, options = {}) => {
    const { method, fields, content = null } = request;
    const settings = {
      path: "/docs/1", noun: "document", base: "/problems/", required: true, now: null,
      instance: "urn:uuid:00000000-0000-4000-8000-000000000000", renew: () => '"2"', ...options,
    };
    const finish = (found, decision = null, after = stored) => ({
      phrase: PHRASES[found.status], body: "", ...found, decision, stored: after,
    });
    if (!ALLOWED.includes(method)) {
      const refused = plainProblem(405, `A document takes ${ALLOWED.join(", ")}.`);
      return finish({ ...refused, fields: [...refused.fields, ["Allow", ALLOWED.join(", ")]] });
    }
    const { required, now } = settings;
    const creates = method === "PUT" && !stored;
    const decision = httpPreconditions.evaluate(
      method, fields, stored, { required, creates: method === "PUT", now });
    const done = (found, after) => finish(found, decision, after);
    if (method === "OPTIONS") {
      return done({ status: 204, fields: [["Allow", ALLOWED.join(", ")]] });
    }
    if (!stored && !creates) return done(plainProblem(404, "There is no such document."));
    // A cache finds its copy by the tag, or else by the date (RFC 9111 §4.3.4).
    if (decision.status === 304) return done({ status: 304, fields: validators(stored).slice(0, 1) });
    if (decision.status) {
      const told = decision.status === 412 ? tagOf(stored) : [];
      return done({
        status: decision.status,
        fields: [["Content-Type", "application/problem+json"], ...told, ["Cache-Control", "no-store"]],
        body: json(problem(decision, { ...settings, creates, etag: told[0]?.[1] })),
      });
    }
    if (["GET", "HEAD", "QUERY"].includes(method)) {
      const body = method === "HEAD" ? "" : json(stored.content);
      return done({
        status: 200,
        fields: [["Content-Type", "application/json"], ...validators(stored)],
        body,
      });
    }
    if (method === "DELETE") return done({ status: 204, fields: [] }, null);
    if (content === null || typeof content !== "object" || Array.isArray(content)) {
      return done(plainProblem(422, 'The content is not a JSON object, such as {"text": "Milk"}.'));
    }
    const after = {
      ...settings.renew(stored), content: method === "PATCH" ? { ...stored.content, ...content } : content,
    };
    // What PUT stores is written anew, not the bytes that came: no tag is told (§9.3.4).
    const told = method === "PUT" ? [] : validators(after);
    return done({ status: creates ? 201 : 204, fields: told }, after);
  };

  Object.assign(httpPreconditions, { answer, PHRASES, formatDate });
})();
