import { Conflict, read, save } from './documents.js';

const url = new URLSearchParams(location.search).get('document') ?? '/docs/welcome';
const { editor, conflict, said, theirs, yours } = Object.fromEntries(
  [...document.querySelectorAll('[id]')].map((element) => [element.id, element]),
);
const { title, body } = editor.elements;
let etag; // of the state that the person has seen

function show(found) {
  etag = found.etag;
  title.value = found.title;
  body.value = found.body;
}

async function submit() {
  try {
    await save(url, etag, { title: title.value, body: body.value });
    show(await read(url)); // the next save needs the new tag
    said.value = 'Saved.';
  } catch (error) {
    if (!(error instanceof Conflict)) said.value = error.message;
    else if (!error.theirs) said.value = 'Not saved: the document was deleted.';
    else ask(error.theirs);
  }
}

/** Lets the person decide, who sees both versions. Nothing is saved until then. */
function ask(found) {
  theirs.textContent = `${found.title}: ${found.body}`;
  yours.textContent = `${title.value}: ${body.value}`;
  conflict.onclose = () => {
    if (conflict.returnValue === 'theirs') show(found);
    // The tag of what was shown: if somebody saves once more, this is asked once more.
    if (conflict.returnValue === 'yours') {
      etag = found.etag;
      submit();
    }
  };
  conflict.returnValue = '';
  conflict.showModal();
}

editor.addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});
show(await read(url));
