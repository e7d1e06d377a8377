-- a long text as a place in a list
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex, f = "0x" .. ("0"):rep(230) .. "1", select
    while true do local x = f(hex, 1) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
