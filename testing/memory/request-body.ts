import type { Api, Apis } from '../broker/protocol.ts';

/** What a request of one kind holds besides its header. */
export type RequestBody<A extends Api> = { readonly api: A } & Apis[A]['request'];
