/** Which column of a stream names a record of which other stream ([credit → project; utilization → credit, project]). */
const links: Record<string, readonly { column: string; stream: 'projects' | 'credits' }[]> = {
  credits: [{ column: 'project_id', stream: 'projects' }],
  utilizations: [
    { column: 'credit_id', stream: 'credits' },
    { column: 'project_id', stream: 'projects' },
  ],
};

/** Empty for a stream that names no other. */
export function linksOf(stream: string): readonly { column: string; stream: 'projects' | 'credits' }[] {
  return links[stream] ?? [];
}
