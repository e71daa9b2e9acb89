/** Gives blobs addresses, which jsdom has not; says which blob has which. */
export function giveBlobsAddresses(): ReadonlyMap<string, Blob> {
  const blobs = new Map<string, Blob>();
  URL.createObjectURL = (blob) => {
    const url = `blob:test/${blobs.size}`;
    blobs.set(url, blob as Blob);
    return url;
  };
  URL.revokeObjectURL = () => {};
  return blobs;
}
