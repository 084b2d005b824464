// A diagram that is gone through event by event. Nothing moves by itself.
for (const diagram of document.querySelectorAll("[data-stepped]")) {
  const events = [...diagram.querySelectorAll(".draw-event")];
  const words = [...diagram.querySelectorAll(".diagram-words li")].map((item) => item.textContent);
  let shown = events.length;

  const said = document.createElement("p");
  said.className = "diagram-said";
  said.setAttribute("role", "status");
  const row = document.createElement("div");
  row.className = "play play-row";

  const show = (count) => {
    shown = count;
    events.forEach((event, at) => {
      event.classList.toggle("is-ahead", at >= shown);
      event.classList.toggle("is-now", at === shown - 1 && shown < events.length);
    });
    said.textContent = shown < events.length ? words[shown - 1] : "";
    for (const [button, , isOf] of buttons) button.disabled = !isOf();
  };

  const buttons = [
    ["From the start", () => 1, () => shown !== 1],
    ["Back", () => shown - 1, () => shown > 1],
    ["Next", () => shown + 1, () => shown < events.length],
    ["All", () => events.length, () => shown < events.length],
  ].map(([name, next, isOf]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => show(next()));
    return [button, next, isOf];
  });

  row.append(...buttons.map(([button]) => button));
  diagram.querySelector(".diagram-canvas").append(row, said);
  show(events.length);
}
