/// The page's styles: light or dark by the reader's system, cards in place of tables on narrow screens.
enum Stylesheet {
  static let text = """
    :root{color-scheme:light dark;--bg:#f6f7f9;--panel:#fff;--ink:#16202c;--soft:#576372;--line:#dde2e8;--accent:#1f5fbf;\
    --accent-soft:#8fb4ea;--good:#1a7340;--warn:#8a5200;--bad:#b3261e;--bad-bg:#fdecea;--warn-bg:#fff4dc;--track:#e6eaef}
    @media (prefers-color-scheme:dark){:root{--bg:#10151b;--panel:#181f27;--ink:#e6ebf1;--soft:#9aa7b5;--line:#2b3542;\
    --accent:#7fb0ff;--accent-soft:#38598c;--good:#66c98d;--warn:#e7b15c;--bad:#ff8f85;--bad-bg:#3a1d1c;--warn-bg:#352b17;\
    --track:#27313d}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,\
    "Liberation Sans",Arial,sans-serif;font-variant-numeric:tabular-nums}
    header,main,footer{max-width:1400px;margin:0 auto;padding:0 24px}
    header{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 18px;padding-top:20px}
    h1{font-size:22px;letter-spacing:-.01em;margin:0}
    h2{font-size:16px;margin:0 0 8px}
    .mark{width:28px;height:21px;vertical-align:-3px;fill:none;stroke:var(--accent);stroke-width:1.6}
    .where{margin:0;color:var(--soft)}
    .where span{margin-left:10px}
    #live{margin:0 0 0 auto;font-size:13px;padding:2px 10px;border-radius:99px;border:1px solid var(--line);\
    background:var(--panel)}
    #live::before{content:"\\25CB\\00A0"}
    #live.on::before{content:"\\25CF\\00A0";color:var(--good)}
    #live.lost{border-color:var(--bad);background:var(--bad-bg)}
    #live.lost::before{content:"\\2715\\00A0";color:var(--bad)}
    code{font:.92em ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
    a{color:var(--accent)}
    section,.tiles>div{background:var(--panel);border:1px solid var(--line);border-radius:10px}
    section{padding:16px 18px;margin:16px 0}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(128px,1fr));gap:10px;margin:16px 0 6px}
    .tiles>div{padding:10px 14px}
    .tiles dt{color:var(--soft);font-size:13px}
    .tiles dd{margin:0}
    .tiles b{font-size:22px;font-weight:600}
    .tiles span,.of,.id,.note,.empty{color:var(--soft);font-size:13px}
    .tiles .bad{border-color:var(--bad)}
    .tiles .bad b,b.bad{color:var(--bad)}
    .note,.empty{margin:6px 0}
    .banner{margin:14px 0 0;padding:10px 14px;border-radius:8px;background:var(--warn-bg);border-left:4px solid var(--warn)}
    .banner.bad{background:var(--bad-bg);border-color:var(--bad)}
    table{border-collapse:collapse;width:100%}
    caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    thead th{font-size:13px;font-weight:500;color:var(--soft);white-space:nowrap;vertical-align:bottom}
    th,td{text-align:left;padding:6px 14px 6px 0;border-bottom:1px solid var(--line);vertical-align:baseline;font-weight:400}
    th:last-child,td:last-child{padding-right:0}
    tbody:last-child>tr:last-child>*{border-bottom:0}
    .n{text-align:right;white-space:nowrap}
    .group th{padding-top:12px}
    .name{font-weight:600;overflow-wrap:anywhere}
    .id,.tight,time{white-space:nowrap}
    .card{display:none}
    td.nil,td.nil span{color:var(--soft)}
    .progress{display:inline-flex;align-items:center;gap:8px;white-space:nowrap}
    .bar{width:130px;height:8px;border-radius:4px}
    .track{fill:var(--track)}.done{fill:var(--accent)}.running{fill:var(--accent-soft)}.failed{fill:var(--bad)}
    .spark{width:104px;height:25px;display:block;margin:-3px 0}
    .spark polyline{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round}
    .spark circle{fill:var(--accent)}
    .badge{white-space:nowrap}
    .badge.good{color:var(--good)}.badge.active{color:var(--accent)}.badge.quiet{color:var(--soft)}
    .badge.warn{color:var(--warn)}.badge.bad{color:var(--bad)}
    details{border-top:1px solid var(--line);padding:8px 0}
    details:first-child{border-top:0;padding-top:0}
    summary{cursor:pointer}
    summary:focus-visible,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
    .why{display:block;margin-left:1.1em;overflow-wrap:anywhere}
    details table{margin-top:6px}
    td{overflow-wrap:anywhere}
    footer{padding-bottom:28px;color:var(--soft);font-size:13px}
    @media (max-width:1080px){
    header,main,footer{padding-left:14px;padding-right:14px}
    section{padding:14px}
    .tiles{grid-template-columns:repeat(auto-fit,minmax(104px,1fr));gap:8px}
    .tiles>div{padding:8px 12px}
    .tiles b{font-size:19px}
    table,tbody,tr,th,td{display:block}
    thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
    th,td,.group th{border:0;padding:2px 0}
    tr{padding:9px 0;border-top:1px solid var(--line)}
    tbody:first-of-type>tr:first-child{border-top:0}
    tbody th[scope=row]{text-align:left;font-size:15px;grid-column:1/-1}
    tr:not(.group){display:grid;grid-template-columns:repeat(auto-fill,minmax(118px,1fr));gap:2px 14px}
    td,td.n{text-align:left;white-space:normal;min-width:0}
    .progress{display:flex}
    .bar{flex:1;width:60px;max-width:130px}
    td.wide{grid-column:1/-1}
    #attempts tbody>tr:nth-child(n+11){display:none}
    td::before{content:attr(data-label);display:block;color:var(--soft);font-size:12px}
    td:empty,td.nil{display:none}
    .card{display:inline}
    .group{background:none}
    }
    @media (prefers-reduced-motion:no-preference){.done,.running,.failed{transition:width .4s,x .4s}}
    """
}

/// Updates the page from the event stream. The page can be read without it.
enum PageScript {
  static let text = """
    "use strict";
    (() => {
      const live = document.getElementById("live");
      let last = Date.now(), ended = false, source;
      const say = (text, state) => {
        if (live.textContent !== text) live.textContent = text;
        live.className = state;
      };
      const put = (id, html) => {
        const part = document.getElementById(id);
        if (!part) return;
        const open = new Set([...part.querySelectorAll("details[open]")].map(one => one.dataset.key));
        const focused = part.contains(document.activeElement) && document.activeElement.closest("details");
        part.innerHTML = html;
        for (const one of part.querySelectorAll("details")) {
          if (open.has(one.dataset.key)) one.open = true;
          if (focused && focused.dataset.key === one.dataset.key) one.querySelector("summary").focus();
        }
      };
      const age = () => {
        if (ended) return;
        const seconds = Math.round((Date.now() - last) / 1000);
        if (seconds >= 20) say("no update for " + seconds + " s, retrying", "lost");
      };
      const connect = () => {
        source = new EventSource("events");
        source.addEventListener("parts", event => {
          last = Date.now();
          say("live", "on");
          const parts = JSON.parse(event.data);
          for (const id of Object.keys(parts)) put(id, parts[id]);
        });
        source.addEventListener("end", () => {
          ended = true;
          say("the coordinator has stopped", "lost");
          source.close();
          setTimeout(() => { ended = false; connect(); }, 5000);
        });
        source.onerror = () => {
          if (!ended) say("connection lost, reconnecting", "lost");
          if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
        };
      };
      connect();
      setInterval(age, 5000);
    })();
    """
}
