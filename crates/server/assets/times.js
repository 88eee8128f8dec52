// Shows times in the reader's zone; the exact time, with its zone and in UTC, is the title.
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const minute = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) continue;
  const inUtc = time.textContent.trim();
  time.title = `${exact.format(at)} (${at.toISOString().replace("T", " ").replace(".000Z", " UTC")})`;
  time.textContent = (inUtc.includes(":") ? minute : day).format(at);
}
