// A lollipop chart: the first dimension against the first measure. Upload it under Drawing modules with the library D3.
sightline.register({
  draw(element, { frames, options, theme, size, locale }, { rows, select }) {
    const columns = frames.main?.columns ?? [];
    const name = columns.find(({ role }) => role === "dimension");
    const value = columns.find(({ role }) => role === "measure");
    if (!name || !value) throw new Error("Ask for one dimension and one measure.");
    const data = rows(frames.main).filter((row) => row[value.name] !== null).slice(0, options.most ?? 12);
    const { width, height } = size;
    const x = d3.scaleLinear().domain([0, d3.max(data, (row) => row[value.name]) || 1]).range([110, width - 60]);
    const y = d3.scalePoint().domain(data.map((row) => row[name.name])).range([14, height - 14]);
    const says = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
    const svg = d3.select(element).html("").append("svg").attr("width", width).attr("height", height).attr("font-family", theme.font).attr("font-size", 12);
    const row = svg.selectAll("g").data(data).join("g").attr("transform", (each) => `translate(0 ${y(each[name.name])})`).style("cursor", "pointer").on("click", (_, each) => select(name.name, each[name.name]));
    row.append("line").attr("x1", x(0)).attr("x2", (each) => x(each[value.name])).attr("stroke", theme.lineStrong).attr("stroke-width", 2);
    row.append("circle").attr("cx", (each) => x(each[value.name])).attr("r", 6).attr("fill", theme.categories[0]);
    row.append("text").attr("x", 100).attr("dy", ".35em").attr("text-anchor", "end").attr("fill", theme.ink2).text((each) => each[name.name] ?? "–");
    row.append("text").attr("x", (each) => x(each[value.name]) + 12).attr("dy", ".35em").attr("fill", theme.ink).text((each) => says.format(each[value.name]));
    return `${data.length} bars, the first ${data[0]?.[name.name] ?? "none"}.`;
  },
});
