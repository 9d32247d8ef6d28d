/** What a lead writes: an answer of a few sentences, a signature, and the history below it. */
export const REPLY_TEXT = `Hi Sam,

thanks for reaching out. We have been looking for something like this since the spring, but our budget for the year is
spent. Could you send me the price list for a team of forty, and tell me whether your people would help us to move our
old data over? If that works out I would like to see a demo in the second week of January, Tuesday or Thursday afternoon.

Best regards
Alex Morgan
Head of Operations, Example Manufacturing
+1 555 0100 | www.customer.example

On Mon, Jan 5, 2026 at 9:14 AM Sam Field <sam@company.example> wrote:
> Hi Alex,
> I saw that Example Manufacturing is opening a second plant. Teams that grow like this often tell us that planning
> shifts in spreadsheets stops working at about forty people.
> Would it be worth a short call to see how others solved it?
> Sam
`;
