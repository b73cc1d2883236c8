// Where a link that somebody typed may lead: https without a user's name in it, or a page of ours.

const OWN = /^(?:\/(?![/\\])|#)[^\s\\]*$/;
const WEB = /^https:\/\/[^\s/\\@?#]+(?:[/?#]\S*)?$/i;

export const isOwn = (href) => OWN.test(href);
export const isSafe = (href) => OWN.test(href) || WEB.test(href);
