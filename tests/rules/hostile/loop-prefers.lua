-- preferred formats asked for with long texts
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local code = ("x"):rep(230)
    while true do person:prefers(code) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
