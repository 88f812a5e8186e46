import { VendorContractError, VendorUnavailableError } from '../../errors.ts';

/** The storage no longer honours a signed URL (401, 403): a new one, fetched from the gateway, goes on in the same file. */
export class UrlExpiredError extends VendorUnavailableError {}

/** A result's file is not there any more (404, 410), told by the gateway or by the storage. */
export class ResultGoneError extends VendorContractError {}

/** The connection ended before the file did. */
export class FileCutError extends VendorUnavailableError {}

/** The file turned out to be another one than before, too late to begin it again by itself: its reader has to. */
export class FileChangedError extends VendorUnavailableError {}
