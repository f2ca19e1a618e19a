(() => {
  const radios = document.querySelectorAll("input[name=lang]");
  const follow = () => {
    const chosen = document.querySelector("input[name=lang]:checked");
    document.documentElement.lang = chosen ? chosen.id : "en";
  };
  let wanted = navigator.language.startsWith("zh") ? "zh" : "en";
  try { wanted = localStorage.getItem("lang") || wanted; } catch {}
  radios.forEach((radio) => {
    if (radio.id === wanted) radio.checked = true;
    radio.addEventListener("change", () => {
      follow();
      try { localStorage.setItem("lang", radio.id); } catch {}
    });
  });
  follow();
  document.querySelectorAll("button[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        getSelection().selectAllChildren(code);
        document.execCommand("copy");
      }
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1500);
    });
  });
})();
