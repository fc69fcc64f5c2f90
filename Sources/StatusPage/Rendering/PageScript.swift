/// Keeps the page as new as the coordinator's picture. Without it the page can be read all the same.
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
        if (seconds >= 20) say("no news for " + seconds + " s, trying again", "lost");
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
          if (!ended) say("connection lost, trying again", "lost");
          if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
        };
      };
      connect();
      setInterval(age, 5000);
    })();
    """
}
