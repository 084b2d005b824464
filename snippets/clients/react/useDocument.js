import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Conflict, read, save } from './documents.js';

/** A document of the server, what saves it, and the conflict that the last save met. */
export function useDocument(url) {
  const client = useQueryClient();
  const queryKey = ['document', url];
  const stored = useQuery({
    queryKey,
    queryFn: () => read(url),
    retry: (failures, error) => !error.response && failures < 3, // an answer stays the same
  });
  const saving = useMutation({
    // With the tag of the draft. The query reads again by itself, when a window gets the focus,
    // and its newest tag on an old draft would overwrite what the draft has never seen.
    mutationFn: (draft) => save(url, draft),
    onSuccess: () => client.invalidateQueries({ queryKey }),
    retry: false, // the same request would be refused again
  });
  const conflict = saving.error instanceof Conflict ? saving.error : null;
  return { stored, saving, conflict };
}
