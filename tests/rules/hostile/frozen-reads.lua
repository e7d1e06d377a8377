-- frozen tables are read like others
-- expect: fires
local t = { list = { "x", "y" }, more = {} }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ""
    for k, v in pairs(t) do s = s .. k .. #v end
    for i, v in ipairs(t.list) do s = s .. i .. v end
    return s == "list2more01x2y" and #t.list == 2 and t.list[2] == "y" and table.concat(t.list, ",") == "x,y"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
