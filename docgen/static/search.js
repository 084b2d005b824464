// Search over every page, in the browser. site.js loads this and the index when the search
// is first wanted. The rules of words and their weights are those of docgen/search.py.
"use strict";

{
  const WORD = "[\\p{L}\\p{N}]+(?:[-_.:/+][\\p{L}\\p{N}]+)*";
  const TOKEN = new RegExp(`(?:w/)?"[^"\\s]*"|§\\d+(?:\\.\\d+)*|${WORD}`, "gu");
  const TERM = new RegExp(`(?:w/)?"[^"\\s]*"?|§\\d+(?:\\.\\d+)*|${WORD}`, "gu");
  const PART = /[\p{L}\p{N}]{2,}/gu;
  const JOINT = /(?<=[\p{L}\p{N}])[-_.:/+](?=[\p{L}\p{N}]+[-_.:/+])/gu;
  const WEIGHTS = { name: 60, title: 24, slug: 12, heading: 12, text: 2, page: 2, words: 1 };
  const SHOWN = 30;
  const AROUND = 60;
  const NEAR_FROM = 4; // of shorter words, too many are near

  const STOP = new Set(`
    a after all also an and any are as at be because been before being but by can cannot do
    does each else every for from get got had has have how i if in into is it its may me more most must my
    no nor not now of on once one only or other our out own same she should since so some
    such than that the their them then there these they this those to too two under until up
    upon very versus vs was we were what when where which while who why will with within without would
    yet you your
  `.trim().split(/\s+/));

  // Without case, width, accents and the like, which people leave out.
  const ACCENT = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]/g;
  const fold = (text) => (/^[\x00-\x7f]*$/.test(text) ? text.toLowerCase()
    : text.toLowerCase().normalize("NFKD").replace(ACCENT, "").normalize("NFC"));

  // Where no spaces set words apart, a text is found by each two letters.
  const UNSPACED = "[\\u3005-\\u3007\\u3041-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff]";
  const RUN = new RegExp(`(${UNSPACED}+)`, "u");
  const pairsOf = (text) => text.split(RUN).flatMap((part) => (RUN.test(part)
    ? [...part].map((letter, at, letters) => letter + (letters[at + 1] ?? ""))
    : part.match(PART) ?? []));
  const ARTICLE = /^(?:[\u0641\u0643\u0648\u0628]?\u0627\u0644|\u0644\u0644)(?=[\u0621-\u064a]{2})/;

  // Of a run of a query, the last letter alone says nothing that the two before do not.
  const termOf = (term) => {
    if (!RUN.test(term)) return [term.replace(ARTICLE, "")];
    return term.split(RUN).flatMap((part) => {
      const pairs = pairsOf(part);
      return RUN.test(part) && pairs.length > 1 ? pairs.slice(0, -1) : pairs;
    });
  };

  const termsOf = (query) => {
    const found = (fold(query).match(TERM) ?? []).flatMap(termOf);
    const kept = found.filter((term) => !STOP.has(term));
    return kept.length ? kept : found;
  };

  const tokensOf = (text) => (fold(text).match(TOKEN) ?? []).flatMap((token) => {
    if (token.startsWith("§")) return [token, token.slice(1)];
    if (RUN.test(token)) return pairsOf(token);
    if (ARTICLE.test(token)) return [token, token.replace(ARTICLE, "")];
    const parts = token.match(PART) ?? [];
    if (parts.length === 1 && parts[0] === token) return [token];
    const tails = [...token.matchAll(JOINT)].map((joint) => token.slice(joint.index + 1));
    const joined = token.includes("-") && parts.length > 1 ? [parts.join("")] : [];
    return [token, ...parts, ...tails, ...joined];
  });

  // One entry per section of a page, and for each token the sections that have it, with the
  // weight it has there.
  const entries = [];
  const vocabulary = new Map();

  const note = (place, text, weight, most = 1) => {
    const counts = new Map();
    for (const token of tokensOf(text)) counts.set(token, (counts.get(token) ?? 0) + 1);
    for (const [token, count] of counts) {
      if (!vocabulary.has(token)) vocabulary.set(token, new Map());
      const places = vocabulary.get(token);
      places.set(place, Math.max(places.get(place) ?? 0, weight * Math.min(count, most)));
    }
  };

  // The anchor that most headings have: search.py leaves it out.
  const slugOf = (heading) => heading.toLowerCase().replace(/[^a-z0-9_]+/g, "-").replace(/^-|-$/g, "");

  for (const [href, title, group, sections] of window.docgenIndex) {
    const slug = href.replace(/index\.html$/, "").split("/").filter(Boolean).at(-1) ?? "";
    for (const [packed, heading, text, words] of sections) {
      const anchor = packed === "#" ? slugOf(heading) : packed;
      const place = entries.length;
      const isTop = anchor === "";
      // Above the first heading stand the words that readers have for the page.
      const names = isTop ? [title, slug.replaceAll("-", " "), ...heading.split(", ")] : [heading];
      entries.push({
        href: anchor ? `${href}#${anchor}` : href,
        names: names.map((name) => termsOf(name).join(" ")),
        ...{ title, group, heading, text, isTop, page: href },
      });
      note(place, title, isTop ? WEIGHTS.title : WEIGHTS.page);
      if (isTop) note(place, slug, WEIGHTS.slug);
      note(place, heading, WEIGHTS.heading);
      note(place, text, WEIGHTS.text, 4);
      note(place, words, WEIGHTS.words);
    }
  }

  // A letter more, a letter less, another one, or two that changed places.
  const isNear = (term, token) => {
    let at = 0;
    while (at < term.length && term[at] === token[at]) at += 1;
    const [typed, meant] = [term.slice(at), token.slice(at)];
    return meant.startsWith(typed.slice(1)) || meant.slice(1).startsWith(typed.slice(1))
      || meant.slice(1).startsWith(typed)
      || (meant[0] === typed[1] && meant[1] === typed[0] && meant.slice(2).startsWith(typed.slice(2)));
  };

  const begins = (token, spellings) => spellings.some((spelling) => token.startsWith(spelling));

  // How a term is spelt here: as it was typed where any token begins so, or else nearly so; what
  // is made of several words may stand for those.
  const spellingsOf = (term) => {
    const tokens = [...vocabulary.keys()];
    if (tokens.some((token) => token.startsWith(term))) return [[term]];
    const near = term.length < NEAR_FROM ? [] : tokens.filter((token) => isNear(term, token));
    const parts = term.match(PART) ?? [];
    return near.length || parts.length < 2 ? [near] : parts.flatMap(spellingsOf);
  };

  // How much a term tells: 1 where more than half of the pages have it, 1 more for each halving.
  const rarityOf = (pages) => 32 - Math.clz32(Math.floor(window.docgenIndex.length / pages));

  // The sections that have any of the terms: exactly, which counts twice, or as a beginning. What
  // is rare counts more, and each more on a page that has more of the query.
  const find = (query) => {
    const terms = [...new Set(termsOf(query))];
    const wanted = terms.flatMap(spellingsOf);
    const scores = new Map();
    const covered = new Map();
    let whole = 0;
    for (const spellings of wanted) {
      const best = new Map();
      for (const [token, places] of vocabulary) {
        if (!begins(token, spellings)) continue;
        const factor = spellings.includes(token) ? 2 : 1;
        for (const [place, weight] of places) {
          best.set(place, Math.max(best.get(place) ?? 0, weight * factor));
        }
      }
      const pages = new Set([...best.keys()].map((place) => entries[place].page));
      const rarity = pages.size ? rarityOf(pages.size) : 1;
      for (const [place, score] of best) scores.set(place, (scores.get(place) ?? 0) + score * rarity);
      for (const page of pages) covered.set(page, (covered.get(page) ?? 0) + rarity);
      whole += rarity;
    }
    const name = terms.join(" ");
    const bonus = ({ names }) => {
      if (names.includes(name)) return WEIGHTS.name;
      return names.some((one) => one.startsWith(name)) ? WEIGHTS.name / 2 : 0;
    };
    const isWhole = Math.max(0, ...covered.values()) === whole
      && terms.every((term, at) => wanted[at][0] === term);
    const ranked = [...scores]
      .map(([place, score]) => [entries[place], score, place])
      .map(([entry, score, place]) => [entry, (score + bonus(entry)) * covered.get(entry.page), place])
      .sort(([, one, first], [, other, second]) => other - one || first - second)
      .map(([entry]) => entry);
    return { found: ranked, isWhole };
  };

  const make = (name, className, ...children) => {
    const element = document.createElement(name);
    element.className = className;
    element.append(...children);
    return element;
  };

  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

  const places = (text, terms) => {
    const plain = fold(text);
    const starts = `(?:(?<![\\p{L}\\p{N}])|(?=${UNSPACED}))(?:[فكوب]?ال|لل)?`;
    const any = new RegExp(`${starts}(?:${terms.map(escaped).join("|")})`, "giu");
    return [...(plain.length === text.length ? plain : text).matchAll(any)];
  };

  // A term is marked where it begins a word or the part of one.
  const marked = (text, terms) => {
    let end = 0;
    const pieces = places(text, terms).flatMap(({ 0: { length }, index }) => {
      const before = text.slice(end, index);
      end = index + length;
      return [before, make("mark", "", text.slice(index, end))];
    });
    return [...pieces, text.slice(end)];
  };

  const excerpt = (text, terms) => {
    const at = places(text, terms)[0]?.index ?? 0;
    // Not every script has spaces to cut at.
    const near = text.indexOf(" ", Math.max(0, at - AROUND)) + 1;
    const from = at <= AROUND ? 0 : near > 0 && near <= at ? near : at - AROUND;
    const cut = text.slice(from, from + 3 * AROUND);
    const isCut = from + cut.length < text.length;
    const end = cut.lastIndexOf(" ");
    return `${from ? "… " : ""}${isCut ? `${end > AROUND ? cut.slice(0, end) : cut} …` : cut}`;
  };

  const root = new URL("../", document.currentScript.src);
  // It finds without the rest of the scripts, too.
  const word = (text, ...values) => docgen.word?.(text, ...values) ?? text;
  const input = make("input", "search-input");
  input.type = "search";
  input.placeholder = docgen.hint ?? word("Search");
  input.setAttribute("aria-label", word("Search"));
  input.setAttribute("autocomplete", "off");
  input.setAttribute("spellcheck", "false");
  const close = make("button", "search-close", "Esc");
  close.type = "button";
  close.setAttribute("aria-label", word("Close the search"));
  const count = make("p", "search-count");
  count.setAttribute("role", "status");
  const list = make("ol", "search-results");
  const dialog = make("dialog", "search", make("div", "search-head", input, close), count, list);
  dialog.setAttribute("aria-label", word("Search"));
  document.body.append(dialog);

  const result = (entry, terms) => {
    const where = entry.isTop ? entry.group : entry.title;
    const link = make(
      "a", "search-result",
      make("span", "search-title", ...marked(entry.isTop ? entry.title : entry.heading, terms)),
      make("span", "search-where", where),
      make("span", "search-text", ...marked(excerpt(entry.text, terms), terms)),
    );
    link.href = new URL(entry.href, root);
    return make("li", "", link);
  };

  const show = () => {
    const runs = (fold(input.value).match(TERM) ?? []).filter((term) => RUN.test(term));
    const terms = [...runs, ...termsOf(input.value).flatMap(spellingsOf).flat()];
    const { found, isWhole } = find(input.value);
    list.replaceChildren(...found.slice(0, SHOWN).map((entry) => result(entry, terms)));
    list.scrollTop = 0;
    const nothing = isWhole ? "" : word("Nothing has “{}”.", input.value.trim());
    const number = found.length > SHOWN ? word("{} of {} results", SHOWN, found.length)
      : found.length === 1 ? word("1 result") : word("{} results", found.length);
    count.textContent = !terms.length && isWhole ? word("↑ ↓ to move, Enter to open, Esc to close")
      : [nothing, found.length ? number : ""].filter(Boolean).join(" ");
  };

  const move = (event, step) => {
    const stops = [input, ...list.querySelectorAll("a")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  input.addEventListener("input", show);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    // A click beside the dialog, or on a result, even one of the page that is open.
    if (event.target === dialog || event.target.closest(".search-result")) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") move(event, 1);
    else if (event.key === "ArrowUp") move(event, -1);
    else if (event.key === "Enter" && document.activeElement === input) {
      event.preventDefault();
      list.querySelector("a")?.click();
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
      input.focus();  // typing goes on where a result has the focus
    }
  });

  docgen.search = {
    find: (query) => find(query).found.map((entry) => entry.href),
    words: (text) => ({ tokens: tokensOf(text), terms: termsOf(text) }),
    open(query) {
      if (query) input.value = query;
      show();
      if (!dialog.open) dialog.showModal();
      input.focus();
      input.select();
    },
  };
}
