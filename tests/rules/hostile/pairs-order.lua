-- the order of pairs is fixed
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { b = 1, a = 2, [3] = 3, [1.5] = 4, [-1] = 5, c = 6 }
    local s = ""
    for k in pairs(t) do s = s .. tostring(k) .. " " end
    return s == "-1 3 1.5 a b c "
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
