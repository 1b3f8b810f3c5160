/** What is known of a corpus or a teacher, for the card. */
export interface Source {
  readonly what: string;
  /** A line for the section on licences. */
  readonly licence: string;
}

/** By the SHA-256 of the file. */
const CORPORA: { readonly [hash: string]: Source } = {
  c0045f3db2c1cd18ed4c3faff29a6b7ecc260b97f93fe3bb9dbeb746b63551d0: {
    what: 'English Wikipedia, an excerpt of 13,039 articles and 28.8 million words',
    licence:
      'text of English Wikipedia by its contributors, CC BY-SA; no text is contained in the package beyond single words and pieces of words',
  },
};

/** By the fingerprint of the weights. */
const TEACHERS: { readonly [fingerprint: string]: Source } = {
  '110bcab0ccfbfb24a5674bb4343a3f88b0aa9e08397ea6c914365634ac4c5e06': {
    what: '[all-MiniLM-L6-v2](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)',
    licence:
      'all-MiniLM-L6-v2 by the authors of Sentence Transformers, Apache-2.0, made from MiniLM by Microsoft, MIT; its word embeddings, projected, and a part of its vocabulary live on in this model',
  },
};

/** @param hash SHA-256 of the file */
export function corpusSource(hash: string): Source {
  return CORPORA[hash] ?? unknown('a corpus', hash);
}

/** @param fingerprint of its weights */
export function teacherSource(fingerprint: string): Source {
  return TEACHERS[fingerprint] ?? unknown('a teacher', fingerprint);
}

function unknown(what: string, hash: string): Source {
  const named = `${what} of one’s own, \`${hash}\``;
  return { what: named, licence: `${named}, under a licence that whoever publishes this has to name` };
}
