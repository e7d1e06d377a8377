-- numbers in order, with infinities
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = ""
    for k in pairs({ [math.huge] = 1, [-math.huge] = 1, [0.5] = 1, [3] = 1, [-2] = 1, b = 1, a = 1 }) do s = s .. tostring(k) .. " " end
    return s == "-2 3 -inf 0.5 inf a b "
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
