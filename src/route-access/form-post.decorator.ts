const formPosts = new WeakSet<object>();

/**
 * The handler takes the body of an HTML form (`application/x-www-form-urlencoded`) and no other. Elsewhere
 * such a body is refused where a cookie authenticates the request, because a stranger's page can send one
 * without asking. In the place of the header `x-csrf` the guards demand, beside an allowed `Origin`, the
 * anti-forgery token that `FormTokens` gave to the page and that counts in this session alone.
 *
 * @example
 * \@RequirePermissions('invoices:approve') @FormPost() @Post(':id/approve-form')
 * approve(@StrictForm(ApproveForm) form: ApproveForm) { … }
 *
 * @publicApi
 */
export function FormPost(): MethodDecorator {
  return (_target, _key, descriptor) => {
    formPosts.add(descriptor.value as object);
  };
}

/** Whether a handler is marked by {@link FormPost}. */
export function isFormPost(handler: object): boolean {
  return formPosts.has(handler);
}
