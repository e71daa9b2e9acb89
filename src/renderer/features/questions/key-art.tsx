/** The key as a picture, as OpenSSH draws it. For eyes only: the fingerprint says the same in letters. */
export function KeyArt({ art }: { art: string | undefined }) {
  if (art === undefined) return null;
  return (
    <pre className="key-art" aria-hidden="true">
      {art}
    </pre>
  );
}
