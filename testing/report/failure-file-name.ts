/** `failure-zoo-1-commit-past-open.json`; names of any kind become what every file system takes. */
export function failureFileName(scenario: string, invariant: string): string {
  return `failure-${slugOf(scenario)}-${slugOf(invariant)}.json`;
}

export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return slug.slice(0, 60) || 'scenario';
}
