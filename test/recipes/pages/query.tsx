import '../globals.js';
import { AuthProvider, RequireAuth, useUser } from '@portcullis/client/react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { auth } from '../auth.js';
import { Queries } from '../tanstack-query.js';

const PAPERS = ['papers'];

async function papers(method: 'GET' | 'POST'): Promise<string> {
  const answer = await auth.fetch('/desk', { method });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

/** Everything that brings data of one person to the next: a query without a signal, an optimistic update. */
function Desk() {
  const user = useUser();
  const queryClient = useQueryClient();
  const query = useQuery({
    queryKey: PAPERS,
    queryFn: () => papers('GET'),
    retry: 5,
    retryDelay: 100,
  });
  const { mutateAsync } = useMutation({
    mutationFn: () => papers('POST'),
    onMutate: () => queryClient.getQueryData(PAPERS),
    onError: (_error, _variables, before) => queryClient.setQueryData(PAPERS, before),
    onSuccess: (answer) => queryClient.setQueryData(PAPERS, answer),
  });
  useEffect(() => {
    globalThis.desk = {
      read: () => queryClient.invalidateQueries(),
      sign: () => mutateAsync(),
      cached: () =>
        JSON.stringify(
          queryClient
            .getQueryCache()
            .getAll()
            .map(({ state }) => state),
        ),
    };
  }, [queryClient, mutateAsync]);
  return (
    <>
      <h1>{user?.email}</h1>
      <p>{query.data ?? 'nothing yet'}</p>
    </>
  );
}

globalThis.auth = auth;
globalThis.seen = [];
const look = () => globalThis.seen.push({ userId: auth.user?.id, text: document.body.textContent });
new MutationObserver(look).observe(document.body, {
  subtree: true,
  childList: true,
  characterData: true,
});
const eachFrame = () => {
  look();
  requestAnimationFrame(eachFrame);
};
eachFrame();

createRoot(document.getElementById('root')!).render(
  <AuthProvider client={auth}>
    <RequireAuth fallback={<p>nobody</p>}>
      <Queries>
        <Desk />
      </Queries>
    </RequireAuth>
  </AuthProvider>,
);
