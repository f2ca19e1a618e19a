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
})();
