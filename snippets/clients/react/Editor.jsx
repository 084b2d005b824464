import { useState } from 'react';
import { useDocument } from './useDocument.js';

/** Edits a document; who saves second sees both versions, and decides. */
export function Editor({ url }) {
  const { stored, saving, conflict } = useDocument(url);
  const [draft, setDraft] = useState(null); // its tag is that of the state it began with
  if (!stored.data) return <p>{stored.error?.message ?? 'Reading …'}</p>;
  const shown = draft ?? stored.data;
  const change = ({ target }) => {
    setDraft({ ...shown, [target.name]: target.value });
    saving.reset(); // what was said of the last save is no longer so
  };
  const submit = (next) => saving.mutate(next, { onSuccess: () => setDraft(null) });

  return (
    <form onSubmit={(event) => { event.preventDefault(); submit(shown); }}>
      <fieldset disabled={saving.isPending}>
        <p><label>Title <input name="title" value={shown.title} onChange={change} /></label></p>
        <p><label>Text <textarea name="body" value={shown.body} onChange={change} /></label></p>
        <p><button>Save</button> <output>{said(saving, conflict)}</output></p>
      </fieldset>
      {conflict?.theirs && (
        <section aria-labelledby="heading">
          <h2 id="heading">Somebody saved while you were editing</h2>
          <p>Theirs: <b>{conflict.theirs.title}</b> <q>{conflict.theirs.body}</q></p>
          <p>Yours: <b>{shown.title}</b> <q>{shown.body}</q></p>
          <button type="button" onClick={() => { setDraft(conflict.theirs); saving.reset(); }}>Take theirs</button>
          {/* With the tag of what was shown: if somebody saves once more, this is asked once more. */}
          <button type="button" onClick={() => submit({ ...shown, etag: conflict.theirs.etag })}>Replace theirs by yours</button>
        </section>
      )}
    </form>
  );
}

function said(saving, conflict) {
  if (saving.isSuccess) return 'Saved.';
  if (!saving.error || conflict?.theirs) return '';
  return conflict ? 'Not saved: the document was deleted.' : saving.error.message;
}
