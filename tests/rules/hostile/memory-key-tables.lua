-- tables as keys
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    while true do t[{}] = true end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
